package dev.concordat.bench;

import com.atomikos.icatch.jta.UserTransactionManager;
import com.atomikos.jdbc.AtomikosDataSourceBean;
import java.nio.file.Path;
import java.sql.Connection;
import org.postgresql.xa.PGXADataSource;

/** Atomikos with its log on disk, its pool, and recovery on, as it is unless said otherwise. */
final class Atomikos implements Transfers {

  private static int made;

  private final UserTransactionManager manager;
  private final AtomikosDataSourceBean first;
  private final AtomikosDataSourceBean second;

  Atomikos(Bank bank, int clients, Path folder) throws Exception {
    System.setProperty("com.atomikos.icatch.log_base_dir", folder.toString());
    System.setProperty("com.atomikos.icatch.max_actives", "-1");
    this.manager = new UserTransactionManager();
    manager.init();
    this.first = source(bank, 0, clients);
    this.second = source(bank, 1, clients);
  }

  private static synchronized AtomikosDataSourceBean source(Bank bank, int which, int clients) {
    PGXADataSource xa = new PGXADataSource();
    xa.setUrl(bank.url(which));
    AtomikosDataSourceBean bean = new AtomikosDataSourceBean();
    bean.setUniqueResourceName("bank-" + made++);
    bean.setXaDataSource(xa);
    bean.setMinPoolSize(clients);
    bean.setMaxPoolSize(clients + 2);
    return bean;
  }

  @Override
  public String name() {
    return "atomikos";
  }

  @Override
  public void once(long no) throws Exception {
    manager.begin();
    try (Connection from = first.getConnection();
        Connection to = second.getConnection()) {
      Bank.update(from, Bank.DEBIT, Bank.anyAccount());
      Bank.update(to, Bank.CREDIT, Bank.anyAccount());
    }
    manager.commit();
  }

  @Override
  public void close() {
    first.close();
    second.close();
    manager.close();
  }
}
