package dev.concordat.bench;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import jakarta.transaction.TransactionManager;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;
import org.postgresql.xa.PGXADataSource;

/**
 * Narayana with its default store on disk and recovery on. Its XA connections are kept in a queue:
 * it brings no pool of its own.
 */
final class Narayana implements Transfers {

  private static boolean configured;

  private final ArrayBlockingQueue<XAConnection> first;
  private final ArrayBlockingQueue<XAConnection> second;
  private final XARecoveryModule recovery;
  private final TransactionManager manager;

  Narayana(Bank bank, int clients, Path folder) throws Exception {
    configure(folder);
    this.first = connections(bank.url(0), clients);
    this.second = connections(bank.url(1), clients);
    this.recovery = new XARecoveryModule();
    recovery.addXAResourceRecoveryHelper(helper(bank.url(0)));
    recovery.addXAResourceRecoveryHelper(helper(bank.url(1)));
    RecoveryManager.manager(RecoveryManager.INDIRECT_MANAGEMENT).addModule(recovery);
    this.manager = com.arjuna.ats.jta.TransactionManager.transactionManager();
  }

  private static synchronized void configure(Path folder) throws Exception {
    if (configured) {
      return;
    }
    BeanPopulator.getDefaultInstance(CoreEnvironmentBean.class).setNodeIdentifier("bench");
    for (String store : new String[] {"default", "communicationStore", "stateStore"}) {
      String name = store.equals("default") ? null : store;
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name)
          .setObjectStoreDir(folder.resolve("narayana").toString());
    }
    RecoveryManager.manager(RecoveryManager.INDIRECT_MANAGEMENT).initialize();
    configured = true;
  }

  private static ArrayBlockingQueue<XAConnection> connections(String url, int clients)
      throws SQLException {
    ArrayBlockingQueue<XAConnection> all = new ArrayBlockingQueue<>(clients);
    PGXADataSource source = source(url);
    for (int i = 0; i < clients; i++) {
      all.add(source.getXAConnection());
    }
    return all;
  }

  private static PGXADataSource source(String url) {
    PGXADataSource source = new PGXADataSource();
    source.setUrl(url);
    return source;
  }

  private static XAResourceRecoveryHelper helper(String url) throws SQLException {
    XAConnection connection = source(url).getXAConnection();
    return new XAResourceRecoveryHelper() {
      @Override
      public boolean initialise(String unused) {
        return true;
      }

      @Override
      public XAResource[] getXAResources() throws Exception {
        return new XAResource[] {connection.getXAResource()};
      }
    };
  }

  @Override
  public String name() {
    return "narayana";
  }

  @Override
  public void once(long no) throws Exception {
    XAConnection from = first.take();
    XAConnection to = second.take();
    try {
      manager.begin();
      manager.getTransaction().enlistResource(from.getXAResource());
      try (Connection connection = from.getConnection()) {
        Bank.update(connection, Bank.DEBIT, Bank.anyAccount());
      }
      manager.getTransaction().enlistResource(to.getXAResource());
      try (Connection connection = to.getConnection()) {
        Bank.update(connection, Bank.CREDIT, Bank.anyAccount());
      }
      manager.commit();
    } finally {
      first.add(from);
      second.add(to);
    }
  }

  @Override
  public void close() throws Exception {
    RecoveryManager.manager(RecoveryManager.INDIRECT_MANAGEMENT).removeModule(recovery, true);
    for (XAConnection connection : first) {
      connection.close();
    }
    for (XAConnection connection : second) {
      connection.close();
    }
  }
}
